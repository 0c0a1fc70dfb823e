/** The sections of the settings, in their order. */
export const SETTINGS_SECTIONS = ["you", "appearance", "writing", "answers", "storage", "relays", "keyboard", "about"] as const

export type SettingsSection = (typeof SETTINGS_SECTIONS)[number]
