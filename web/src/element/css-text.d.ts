// A style sheet as text, bundled: for a shadow root.
declare module '*.css?text' {
  const text: string
  export default text
}
