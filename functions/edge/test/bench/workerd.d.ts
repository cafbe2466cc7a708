declare module 'workerd' {
  const exported: { default: string }
  export default exported
}
