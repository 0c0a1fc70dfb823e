/** The version that was built; in development there is none. */
export const APP_VERSION: string = import.meta.env["POLYLOGUE_VERSION"] ?? "in development"
