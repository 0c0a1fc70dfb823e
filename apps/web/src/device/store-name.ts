/** Name of the database that all tabs and workers of this origin share. */
export const STORE_NAME = "polylogue"
