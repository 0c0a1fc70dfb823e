/** A key that means something only in one place, and is handled there. */
interface FixedKey {
  readonly keys: string
  readonly name: string
}

/** The keys that are no commands, by the place where they mean something. */
export const FIXED_KEYS: readonly (readonly [place: string, keys: readonly FixedKey[]])[] = [
  [
    "In the list",
    [
      { keys: "j", name: "Next conversation" },
      { keys: "k", name: "Conversation before it" },
      { keys: "ArrowRight", name: "Unfold a folder" },
      { keys: "ArrowLeft", name: "Fold it, or go to the folder around" },
      { keys: "Shift+ArrowDown", name: "Select several" },
      { keys: "F2", name: "Rename" },
      { keys: "Alt+ArrowDown", name: "Move a folder down" },
      { keys: "Delete", name: "Delete" },
    ],
  ],
  [
    "In the messages",
    [
      { keys: "ArrowDown", name: "Next message" },
      { keys: "ArrowUp", name: "Message before it" },
      { keys: "ArrowLeft", name: "Version before the one shown" },
      { keys: "ArrowRight", name: "Next version" },
      { keys: "Enter", name: "What one can do with the message" },
      { keys: "Home", name: "First message" },
      { keys: "End", name: "Last message" },
    ],
  ],
  [
    "While you write",
    [
      { keys: "Enter", name: "Send, or begin a line: as set under Writing" },
      { keys: "Mod+Enter", name: "Send" },
      { keys: "Mod+Shift+Enter", name: "Send without asking for an answer" },
      { keys: "Shift+Enter", name: "New line" },
      { keys: "ArrowUp", name: "In an empty composer: write your last message anew" },
      { keys: "Escape", name: "Leave an empty composer, so that keys work" },
    ],
  ],
  [
    "In a prompt",
    [
      { keys: "Mod+Enter", name: "Add a message below" },
      { keys: "Alt+ArrowUp", name: "Move the message up" },
      { keys: "Alt+ArrowDown", name: "Move the message down" },
      { keys: "Mod+Alt+m", name: "Comment on the words that are chosen, or show what is said at the caret" },
      { keys: "Mod+z", name: "Undo what you typed" },
      { keys: "Tab", name: "Leave the text" },
    ],
  ],
  [
    "While you compare",
    [
      { keys: "j", name: "Next change" },
      { keys: "k", name: "Change before it" },
    ],
  ],
  ["Everywhere", [{ keys: "Escape", name: "Close what is open" }]],
]
