import { type ImgHTMLAttributes, useLayoutEffect, useRef } from "react"

interface BlobImageProps extends Omit<ImgHTMLAttributes<HTMLImageElement>, "src" | "alt"> {
  readonly bytes: Uint8Array
  /** One that `isPicture` allows: a browser takes the bytes for that, whatever they are. */
  readonly mediaType: string
  readonly alt: string
}

/** A picture from bytes; its address within this page is given back when it leaves the screen. */
export function BlobImage({ bytes, mediaType, alt, ...rest }: BlobImageProps) {
  const image = useRef<HTMLImageElement>(null)
  useLayoutEffect(() => {
    const element = image.current
    if (element === null) return
    const url = URL.createObjectURL(new Blob([bytes as Uint8Array<ArrayBuffer>], { type: mediaType }))
    element.src = url
    return () => URL.revokeObjectURL(url)
  }, [bytes, mediaType])
  return <img {...rest} ref={image} alt={alt} />
}
