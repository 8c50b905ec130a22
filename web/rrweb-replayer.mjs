// A plugin for esbuild: rrweb without what replaying never uses. The package is one file in which the recorder and a second
// copy of a CSS parser hang on statements that a bundler must not drop by itself; they are half of its size.
//
// Each rule names such a statement by what stands in it, not by its minified names. One that no longer fits is
// said and changes nothing: the pages only grow.

import { readFile } from 'node:fs/promises'

const RULES = [
  ['the properties of record()', /\}([$\w]+)(\.withStyleRuleSourceHandoff=[^]*?,)\1\.mirror=([$\w]+);/, '}0&&($1$2$1.mirror=$3);'],
  ['the aliases of record()', /([$\w]+)=[$\w]+\.addCustomEvent,([$\w]+)=[$\w]+\.freezePage,([$\w]+)=[$\w]+\.takeFullSnapshot;/, '$1=0,$2=0,$3=0;'],
]

/** A parser that is loaded for nothing: its module is called, and nobody keeps what it gives. */
const UNUSED_PARSER =
  /;([$\w]+)\((\(\w,\w\)=>\{var\{Input:\w+\}=([$\w]+)\(\),\w+=[$\w]+\(\);\w+\.exports=function\(\w,\w\)\{[^{}]*\}\})\)\(\),\3\(\);/

export const withoutRecorder = {
  name: 'rrweb without its recorder',
  setup(build) {
    build.onLoad({ filter: /posthog-js[\\/]dist[\\/]rrweb\.js$/ }, async ({ path }) => {
      const warnings = []
      let contents = await readFile(path, 'utf8')
      for (const [name, pattern, replacement] of RULES) {
        if (!pattern.test(contents)) warnings.push({ text: `rrweb has changed: ${name} are not where they were, and stay` })
        contents = contents.replace(pattern, replacement)
      }
      const parser = UNUSED_PARSER.exec(contents)
      if (!parser) warnings.push({ text: 'rrweb has changed: the second CSS parser is not where it was, and stays' })
      if (parser) contents = withoutParser(contents, parser)
      return { contents, warnings }
    })
  },
}

/** All modules of the second parser are made by one helper, whose calls may be dropped where nobody keeps the module. */
function withoutParser(contents, [, helper]) {
  return contents.replace(UNUSED_PARSER, ';0&&($1($2)(),$3());').replaceAll(`=${helper}((`, (call) => call.replace('=', '=/* @__PURE__ */'))
}
