// Who is told when something has changed.

export class Observers {
  private readonly all = new Set<() => void>()

  add(observer: () => void): () => void {
    this.all.add(observer)
    return () => this.all.delete(observer)
  }

  tell(): void {
    for (const observer of this.all) observer()
  }
}
