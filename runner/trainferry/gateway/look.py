"""How our pages look: one style sheet, allowed by its hash; system fonts, light and dark, phone and desktop."""

import base64
import hashlib

STYLE = """
:root { color-scheme: light dark;
  --ground: #f3f5f8; --card: #ffffff; --ink: #15202b; --quiet: #51606f; --line: #dfe4ea; --well: #f3f5f8;
  --accent: #0b5cad; --on-accent: #ffffff; --accent-hover: #084a8c; --warn: #7a4a00; --warn-ground: #fff4dc;
  --warn-line: #e9c46a }
@media (prefers-color-scheme: dark) { :root {
  --ground: #0e1318; --card: #171e26; --ink: #e6ebf1; --quiet: #a3b0be; --line: #2a3541; --well: #0f151b;
  --accent: #8cc2ff; --on-accent: #0a1a2b; --accent-hover: #b4d7ff; --warn: #ffd98a; --warn-ground: #2e2410;
  --warn-line: #6b5420 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--ground); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif }
main { max-width: 47rem; margin: 0 auto; padding: clamp(1rem, 5vw, 3.5rem) clamp(.75rem, 4vw, 1.5rem) 1.5rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 14px;
  padding: clamp(1.1rem, 4vw, 2.25rem); box-shadow: 0 1px 2px rgb(0 0 0 / .05), 0 8px 28px rgb(0 0 0 / .05) }
h1 { margin: 0; font-size: clamp(1.45rem, 4.5vw, 1.9rem); line-height: 1.2; letter-spacing: -.015em; font-weight: 650 }
h2 { margin: 2.1rem 0 .6rem; font-size: 1rem; font-weight: 650 }
p { margin: .5rem 0 }
.quiet, .facts, footer { color: var(--quiet) }
.facts { list-style: none; margin: .7rem 0 0; padding: 0; display: grid; gap: .15rem; font-size: .94rem }
.facts b { color: var(--ink); font-weight: 600 }
.button { display: inline-block; background: var(--accent); color: var(--on-accent); text-decoration: none;
  font-weight: 600; border-radius: 9px; padding: .5rem 1rem; text-align: center; border: 2px solid transparent }
.button:hover { background: var(--accent-hover) }
.big { font-size: 1.08rem; padding: .72rem 1.5rem; margin-top: 1.4rem }
.small { font-size: .92rem; padding: .3rem .8rem; background: transparent; color: var(--accent);
  border-color: var(--line) }
.small:hover { background: var(--well); border-color: var(--accent) }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
.warning { margin: 1.4rem 0 0; padding: .8rem 1rem; border: 1px solid var(--warn-line); border-radius: 9px;
  background: var(--warn-ground); color: var(--warn) }
.files { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line) }
.files li { display: grid; grid-template-columns: 1fr auto; gap: .2rem 1rem; align-items: center;
  padding: .8rem 0; border-bottom: 1px solid var(--line) }
.files b { font-weight: 600 }
.size { color: var(--quiet); white-space: nowrap }
.told { grid-column: 1 / -1; font-size: .8rem; color: var(--quiet) }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }
.hash { user-select: all }
pre { margin: 0; padding: .85rem 1rem; background: var(--well); border: 1px solid var(--line); border-radius: 9px;
  font-size: .86rem; line-height: 1.5; white-space: pre-wrap }
.command { user-select: all; max-height: 8.2rem; overflow: auto }
table { width: 100%; border-collapse: collapse; font-size: .94rem }
th, td { text-align: left; vertical-align: top; padding: .45rem 0; border-bottom: 1px solid var(--line) }
th { width: 34%; padding-right: 1rem; font-weight: 400; color: var(--quiet) }
td { font-variant-numeric: tabular-nums }
footer { margin: 1.2rem .4rem 0; font-size: .86rem }
@media (max-width: 30rem) { .big { display: block; font-size: 1rem; padding: .75rem } }
@media print { .button { display: none } }
"""

STYLE_HASH = "'sha256-" + base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode() + "'"
POLICY = f"default-src 'none'; style-src {STYLE_HASH}; base-uri 'none'; form-action 'none'"
