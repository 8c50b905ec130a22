// A plugin for esbuild: `import text from './some.css?text'` is the style sheet, bundled and small, as a string. For shadow roots, which
// take constructed style sheets and know nothing of those of the page.

import { build } from 'esbuild'
import { resolve } from 'node:path'

export const styleText = {
  name: 'style sheets as text',
  setup(setup) {
    setup.onResolve({ filter: /\.css\?text$/ }, ({ path, resolveDir }) => ({ path: resolve(resolveDir, path.slice(0, -'?text'.length)), namespace: 'style-text' }))
    setup.onLoad({ filter: /./, namespace: 'style-text' }, async ({ path }) => {
      const { absWorkingDir, minify, target } = setup.initialOptions
      const result = await build({ entryPoints: [path], bundle: true, write: false, charset: 'utf8', logLevel: 'warning', ...defined({ absWorkingDir, minify, target }) })
      return { contents: result.outputFiles[0].text.trim(), loader: 'text' }
    })
  },
}

function defined(options) {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
