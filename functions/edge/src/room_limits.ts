/** What a room bears. */

export const MOST_SOCKETS = 10_000
/** Many readers share an address: a household, an office, a mobile network. */
export const MOST_OF_AN_ADDRESS = 50
/** Characters of what a reader says; readers have little to say. */
export const LONGEST_WORD = 256
export const MOST_WORDS_A_MINUTE = 30
/** Bytes of a broadcast: it is sent once to every socket. */
export const LARGEST_BROADCAST = 8 * 1024
