/** What is kept on this device, and on no other. Where nothing may be kept, it lasts as long as the page. */

const meanwhile = new Map<string, string>()

export function keptText(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? meanwhile.get(name)
  } catch {
    return meanwhile.get(name)
  }
}

export function keepText(name: string, value: string): void {
  meanwhile.set(name, value)
  try {
    localStorage.setItem(name, value)
  } catch (error) {
    console.info(`${name} is not kept on this device: ${String(error)}`)
  }
}

/** What `name` holds where `isRight` accepts it, and else `otherwise`: anybody may have written there. */
export function kept<T>(name: string, isRight: (value: unknown) => value is T, otherwise: T): T {
  try {
    const value: unknown = JSON.parse(keptText(name) ?? 'null')
    return isRight(value) ? value : otherwise
  } catch {
    return otherwise
  }
}

export function keep(name: string, value: unknown): void {
  keepText(name, JSON.stringify(value))
}

export function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string')
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
