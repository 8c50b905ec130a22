// What somebody pastes into a page or an app so that it records here. The origin is the one by which this page was opened:
// behind a proxy that is the proxy's, with its scheme.

export interface Snippet {
  readonly name: string
  /** Where it goes. */
  readonly place: string
  readonly text: string
}

export function scriptSnippet(origin: string, token: string): string {
  return `<script src="${origin}/static/array.js"></script>
<script>
  posthog.init('${token}', { api_host: '${origin}' })
</script>`
}

export function snippets(origin: string, token: string): readonly Snippet[] {
  return [
    { name: 'Web page', place: 'In the <head> of every page', text: scriptSnippet(origin, token) },
    {
      name: 'JavaScript package',
      place: 'npm install posthog-js, then where the app starts',
      text: `import posthog from 'posthog-js'

posthog.init('${token}', { api_host: '${origin}' })`,
    },
    {
      name: 'iOS',
      place: 'In application(_:didFinishLaunchingWithOptions:)',
      text: `import PostHog

let config = PostHogConfig(apiKey: "${token}", host: "${origin}")
config.sessionReplay = true
PostHogSDK.shared.setup(config)`,
    },
    {
      name: 'Android',
      place: 'In onCreate of the Application',
      text: `val config = PostHogAndroidConfig(apiKey = "${token}", host = "${origin}").apply {
    sessionReplay = true
}
PostHogAndroid.setup(this, config)`,
    },
    {
      name: 'React Native',
      place: 'With posthog-react-native and posthog-react-native-session-replay',
      text: `import { PostHogProvider } from 'posthog-react-native'

<PostHogProvider apiKey="${token}" options={{ host: '${origin}', enableSessionReplay: true }}>
  <App />
</PostHogProvider>`,
    },
    {
      name: 'Flutter',
      place: 'In main(), around the app with PostHogWidget',
      text: `final config = PostHogConfig('${token}');
config.host = '${origin}';
config.sessionReplay = true;
await Posthog().setup(config);`,
    },
  ]
}
