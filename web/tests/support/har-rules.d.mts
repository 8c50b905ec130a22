export function checkHar(file: unknown): string[]
