/** Name of this device's store in IndexedDB. */
export const STORE_NAME = "polylogue"
