// The shop's pictures: drawn here, in the colours of the product, so that none has to be loaded.

import type { Colour } from './catalogue'

export type Shape = 'tape' | 'player' | 'deck' | 'phones' | 'pencil' | 'bottle' | 'belt' | 'case' | 'shelf' | 'labels'

const INK = '#2a211b'

/** A picture, 320 by 240, that screen readers skip: the name stands beside it. */
export function picture(shape: Shape, colour: Colour): SVGSVGElement {
  const shadow = '<ellipse cx="160" cy="212" rx="112" ry="9" fill="#000" opacity=".09"/>'
  return draw('picture', '0 0 320 240', `${shadow}${DRAWINGS[shape](colour)}`)
}

/** The shop's mark. Drawn and not loaded, so that a replay, which loads nothing, shows it too. */
export function logo(): SVGSVGElement {
  const drawn = draw(
    'mark',
    '0 0 32 32',
    `<rect x="1" y="5" width="30" height="22" rx="4" fill="#d9532c"/><rect x="5" y="9" width="22" height="11" rx="2" fill="#fff4e6"/>
    <circle cx="11" cy="14.500" r="3" fill="#33261d"/><circle cx="21" cy="14.500" r="3" fill="#33261d"/><path d="M8 27l2-4h12l2 4z" fill="#a83a1a"/>`,
  )
  drawn.setAttribute('width', '30')
  drawn.setAttribute('height', '30')
  return drawn
}

// Markup of our own with colours from our own catalogue: nothing a visitor wrote gets here.
function draw(className: string, viewBox: string, markup: string): SVGSVGElement {
  const drawn = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  drawn.setAttribute('viewBox', viewBox)
  drawn.setAttribute('class', className)
  drawn.setAttribute('aria-hidden', 'true')
  drawn.innerHTML = markup
  return drawn
}

const DRAWINGS: Readonly<Record<Shape, (colour: Colour) => string>> = {
  tape: ({ body, label, accent }) => `
    <rect x="50" y="62" width="220" height="142" rx="12" fill="${body}"/>
    <rect x="60" y="65" width="200" height="4" rx="2" fill="#fff" opacity=".18"/>
    <rect x="68" y="78" width="184" height="88" rx="7" fill="${label}"/>
    <path d="M68 128h184v31a7 7 0 0 1-7 7H75a7 7 0 0 1-7-7z" fill="${accent}"/>
    <path d="M82 92h128M82 102h96" stroke="${INK}" stroke-width="2" opacity=".28"/>
    <rect x="220" y="86" width="20" height="20" rx="4" fill="${accent}"/>
    <rect x="102" y="112" width="116" height="38" rx="19" fill="${INK}"/>
    <rect x="138" y="119" width="44" height="24" rx="3" fill="#fff" opacity=".16"/>
    ${reel(122, 131)}${reel(198, 131)}
    <path d="M96 204l10-27h108l10 27z" fill="#000" opacity=".2"/>
    <circle cx="124" cy="192" r="5" fill="${INK}" opacity=".5"/><circle cx="196" cy="192" r="5" fill="${INK}" opacity=".5"/>
    ${[62, 258].map((x) => `<circle cx="${x}" cy="74" r="3" fill="#000" opacity=".3"/><circle cx="${x}" cy="193" r="3" fill="#000" opacity=".3"/>`).join('')}`,

  player: ({ body, label, accent }) => `
    <rect x="98" y="34" width="130" height="174" rx="14" fill="${body}"/>
    <rect x="98" y="34" width="130" height="38" rx="14" fill="#000" opacity=".14"/>
    <rect x="112" y="84" width="102" height="66" rx="7" fill="${INK}"/>
    <rect x="120" y="92" width="86" height="50" rx="5" fill="${label}"/>
    <rect x="130" y="104" width="66" height="24" rx="12" fill="${INK}"/>
    ${reel(143, 116, 8)}${reel(183, 116, 8)}
    <path d="M112 168h62" stroke="${label}" stroke-width="5" stroke-linecap="round"/>
    <path d="M112 182h38" stroke="${label}" stroke-width="3" stroke-linecap="round" opacity=".6"/>
    <circle cx="202" cy="176" r="9" fill="${accent}"/>
    ${[112, 138, 164].map((x, i) => `<rect x="${x}" y="24" width="20" height="14" rx="3" fill="${i === 0 ? accent : label}"/>`).join('')}
    <path d="M228 58c26 0 22 34 40 34s14 40 4 58" fill="none" stroke="${INK}" stroke-width="4" stroke-linecap="round"/>`,

  deck: ({ body, label, accent }) => `
    <rect x="28" y="70" width="264" height="132" rx="9" fill="${body}"/>
    <rect x="28" y="70" width="264" height="12" rx="6" fill="#fff" opacity=".22"/>
    <rect x="44" y="92" width="106" height="78" rx="6" fill="${INK}"/>
    <rect x="56" y="104" width="82" height="50" rx="4" fill="${label}"/>
    <rect x="66" y="118" width="62" height="22" rx="11" fill="${INK}"/>${reel(78, 129, 7)}${reel(116, 129, 7)}
    ${[166, 224].map((x) => `<rect x="${x}" y="94" width="50" height="38" rx="4" fill="#fff3d6"/>
      <path d="M${x + 7} 122a22 22 0 0 1 36 0" fill="none" stroke="${INK}" stroke-width="2"/>
      <path d="M${x + 25} 130l${x === 166 ? 9 : -6}-22" stroke="${accent}" stroke-width="2.500" stroke-linecap="round"/>`).join('')}
    ${[166, 188, 210].map((x) => `<rect x="${x}" y="146" width="17" height="12" rx="3" fill="${label}"/>`).join('')}
    <circle cx="258" cy="154" r="15" fill="${label}"/><path d="M258 154l8-9" stroke="${INK}" stroke-width="3" stroke-linecap="round"/>
    <rect x="44" y="182" width="232" height="4" rx="2" fill="#000" opacity=".2"/>
    <rect x="46" y="200" width="26" height="8" rx="3" fill="${INK}"/><rect x="248" y="200" width="26" height="8" rx="3" fill="${INK}"/>`,

  phones: ({ body, label, accent }) => `
    <path d="M86 150V120a74 74 0 0 1 148 0v30" fill="none" stroke="${INK}" stroke-width="9" stroke-linecap="round"/>
    <path d="M112 72a74 74 0 0 1 96 0" fill="none" stroke="${label}" stroke-width="6" stroke-linecap="round"/>
    <rect x="62" y="130" width="44" height="70" rx="20" fill="${body}"/><rect x="214" y="130" width="44" height="70" rx="20" fill="${body}"/>
    <rect x="98" y="136" width="16" height="58" rx="8" fill="${accent}"/><rect x="206" y="136" width="16" height="58" rx="8" fill="${accent}"/>
    <circle cx="80" cy="165" r="9" fill="#fff" opacity=".25"/><circle cx="240" cy="165" r="9" fill="#fff" opacity=".25"/>
    <path d="M84 200c0 16 40 8 60 6" fill="none" stroke="${INK}" stroke-width="3" stroke-linecap="round"/>`,

  pencil: ({ body, label, accent }) => `
    <g transform="rotate(-24 160 130)">
      <rect x="52" y="112" width="168" height="34" fill="${body}"/>
      <rect x="52" y="112" width="168" height="11" fill="#fff" opacity=".28"/><rect x="52" y="135" width="168" height="11" fill="#000" opacity=".13"/>
      <path d="M220 112l52 17-52 17z" fill="#ecd2a6"/><path d="M255 123.500l17 5.500-17 5.500z" fill="${INK}"/>
      <rect x="36" y="112" width="18" height="34" fill="#b9c0c7"/><path d="M36 112h-10a8 8 0 0 0-8 8v18a8 8 0 0 0 8 8h10z" fill="${accent}"/>
      <path d="M84 129h70" stroke="${label}" stroke-width="4" stroke-linecap="round" opacity=".9"/>
    </g>
    <circle cx="248" cy="176" r="27" fill="${INK}"/>${reel(248, 176, 17)}`,

  bottle: ({ body, label, accent }) => `
    <rect x="98" y="92" width="84" height="116" rx="13" fill="${body}"/>
    <rect x="118" y="70" width="44" height="28" rx="4" fill="${body}"/><rect x="114" y="46" width="52" height="32" rx="6" fill="${INK}"/>
    <rect x="98" y="124" width="84" height="56" fill="${label}"/><path d="M110 142h60M110 154h42" stroke="${INK}" stroke-width="3" opacity=".35"/>
    <circle cx="164" cy="166" r="6" fill="${accent}"/><rect x="106" y="96" width="7" height="104" rx="3.500" fill="#fff" opacity=".22"/>
    ${[204, 222, 240].map((x, i) => `<g transform="rotate(${8 + i * 7} ${x} 206)"><rect x="${x - 2}" y="92" width="5" height="114" rx="2" fill="#d8b98a"/><ellipse cx="${x + 0.5}" cy="90" rx="8" ry="14" fill="#fff"/><ellipse cx="${x + 0.5}" cy="90" rx="8" ry="14" fill="#000" opacity=".06"/></g>`).join('')}`,

  belt: ({ body, accent }) => `
    <ellipse cx="124" cy="128" rx="76" ry="62" fill="none" stroke="${body}" stroke-width="9"/>
    <ellipse cx="202" cy="142" rx="62" ry="50" fill="none" stroke="${INK}" stroke-width="7"/>
    <ellipse cx="176" cy="108" rx="46" ry="38" fill="none" stroke="${accent}" stroke-width="6"/>
    <ellipse cx="122" cy="158" rx="32" ry="26" fill="none" stroke="${body}" stroke-width="5"/>
    <ellipse cx="228" cy="172" rx="22" ry="18" fill="none" stroke="${accent}" stroke-width="5"/>`,

  case: ({ body, label, accent }) => `
    <path d="M126 84V68a18 18 0 0 1 18-18h32a18 18 0 0 1 18 18v16" fill="none" stroke="${INK}" stroke-width="8"/>
    <rect x="52" y="82" width="216" height="124" rx="18" fill="${body}"/>
    <path d="M52 118h216" stroke="${accent}" stroke-width="5" stroke-dasharray="8 5"/>
    <rect x="236" y="110" width="13" height="26" rx="5" fill="${accent}"/>
    <rect x="80" y="140" width="86" height="46" rx="5" fill="${label}"/><path d="M92 156h62M92 168h40" stroke="${INK}" stroke-width="3" opacity=".35"/>
    <path d="M60 92h200" stroke="#fff" stroke-width="3" opacity=".2"/>`,

  shelf: ({ body, label, accent }) => `
    <rect x="46" y="34" width="228" height="174" rx="6" fill="${body}"/>
    ${[46, 102, 158].map((y, row) => `<rect x="58" y="${y}" width="204" height="44" fill="#000" opacity=".3"/>
      ${Array.from({ length: row === 1 ? 9 : 12 }, (_, i) => `<rect x="${61 + i * 16.5}" y="${y + 5}" width="14" height="39" rx="1.500" fill="${[label, accent, '#2f7f79', '#d9532c', '#f2b632', '#2b3a67'][(i * 5 + row * 2) % 6]}"/><rect x="${64 + i * 16.5}" y="${y + 11}" width="8" height="13" fill="#fff" opacity=".55"/>`).join('')}`).join('')}`,

  labels: ({ body, label, accent }) => `
    <rect x="92" y="40" width="150" height="166" rx="6" fill="${accent}" opacity=".55" transform="rotate(7 160 120)"/>
    <rect x="82" y="40" width="150" height="166" rx="6" fill="#fffdf8"/><rect x="82" y="40" width="150" height="166" rx="6" fill="none" stroke="#000" opacity=".1"/>
    ${[0, 1, 2, 3].flatMap((row) => [0, 1].map((column) => {
      const x = 92 + column * 67
      const y = 50 + row * 38
      return `<rect x="${x}" y="${y}" width="63" height="32" rx="4" fill="${(row + column) % 2 ? label : body}"/>
        <path d="M${x + 8} ${y + 14}h47M${x + 8} ${y + 22}h34" stroke="${INK}" stroke-width="2" opacity=".3"/>`
    })).join('')}`,
}

function reel(x: number, y: number, radius = 13): string {
  const teeth = [0, 60, 120, 180, 240, 300]
    .map((turn) => `<rect x="${x - radius * 0.1}" y="${y - radius * 0.68}" width="${radius * 0.2}" height="${radius * 0.34}" fill="${INK}" transform="rotate(${turn} ${x} ${y})"/>`)
    .join('')
  return `<circle cx="${x}" cy="${y}" r="${radius}" fill="#f7f1e6"/><circle cx="${x}" cy="${y}" r="${radius * 0.5}" fill="#d9d0c0"/>${teeth}`
}
