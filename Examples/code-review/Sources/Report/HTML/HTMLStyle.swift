enum HTMLStyle {
  /// Both schemes keep text at a contrast of at least 4.5 to its ground.
  static let text = """
    :root { color-scheme: light dark;
      --ground: #fbfbfa; --raised: #ffffff; --text: #1d2126; --quiet: #59626c; --line: #d9dde1; --stripe: #f1f3f4;
      --accent: #0b5cad; --problem: #a61b1b; --problem-ground: #fdeaea; --warning: #7a4b00; --warning-ground: #fdf1d8;
      --note: #2c4f6e; --note-ground: #e6eff7; --bar: #2f7cc4; --dead: #c62828; --gone: #8a8f96; }
    @media (prefers-color-scheme: dark) { :root {
      --ground: #15181b; --raised: #1c2024; --text: #e4e7ea; --quiet: #a2abb4; --line: #343b42; --stripe: #20252a;
      --accent: #7db8f0; --problem: #ff9d97; --problem-ground: #44201f; --warning: #f2c46d; --warning-ground: #3d3016;
      --note: #a9cdec; --note-ground: #1f3245; --bar: #5aa2e6; --dead: #ff6b62; --gone: #7b838b; } }
    * { box-sizing: border-box; }
    body { margin: 0; background: var(--ground); color: var(--text);
      font: 16px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
    header, main { max-width: 1200px; margin: 0 auto; padding: 0 1.25rem; }
    header { padding-top: 2rem; }
    main { padding-bottom: 4rem; }
    h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; overflow-wrap: anywhere; }
    h2 { font-size: 1.25rem; margin: 2.5rem 0 .75rem; }
    header p { color: var(--quiet); margin: .35rem 0 1.25rem; overflow-wrap: anywhere; }
    a { color: var(--accent); }
    code { font: .875em/1.4 ui-monospace, "Liberation Mono", Menlo, Consolas, monospace; }
    .full { overflow-wrap: anywhere; }
    :focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    .skip { position: absolute; left: -100vw; }
    .skip:focus { left: 1rem; top: 1rem; background: var(--raised); padding: .5rem 1rem; }
    .tiles { list-style: none; display: grid; grid-template-columns: repeat(auto-fit, minmax(8.25rem, 1fr)); gap: .75rem;
      margin: 0; padding: 0; }
    .tile { background: var(--raised); border: 1px solid var(--line); border-left: 4px solid var(--line); border-radius: 6px;
      padding: .6rem .8rem; }
    .tile .figure { display: block; font-size: 1.45rem; font-weight: 650; line-height: 1.2; font-variant-numeric: tabular-nums;
      white-space: nowrap; }
    .tile .label { color: var(--quiet); font-size: .875rem; }
    .tile.problem { border-left-color: var(--dead); }
    .tile.warning { border-left-color: #d08a00; }
    .tile.note { border-left-color: var(--bar); }
    .alert { background: var(--warning-ground); color: var(--warning); border-radius: 6px; padding: .6rem .9rem;
      overflow-wrap: anywhere; }
    form { display: flex; flex-wrap: wrap; gap: .6rem 1.1rem; align-items: start; margin-bottom: .75rem; }
    form button, output { align-self: end; }
    form[hidden] { display: none; }
    form label, legend { font-size: .875rem; color: var(--quiet); }
    fieldset { border: 0; padding: 0; margin: 0; min-width: 0; }
    legend { padding: 0; margin-bottom: .15rem; }
    .boxes { display: flex; gap: .85rem; flex-wrap: wrap; min-height: 2.25rem; align-items: center; }
    fieldset label { color: var(--text); white-space: nowrap; }
    form > label { display: grid; gap: .15rem; max-width: 100%; }
    select, input[type=search], button { font: inherit; font-size: .9375rem; color: var(--text); background: var(--raised);
      border: 1px solid var(--quiet); border-radius: 5px; padding: .3rem .55rem; min-height: 2.25rem; max-width: 100%; }
    select { width: 13rem; }
    select[name=kind] { width: 8.5rem; }
    input[type=checkbox] { accent-color: var(--accent); }
    output { font-size: .875rem; color: var(--quiet); padding-bottom: .45rem; margin-left: auto; }
    .scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); }
    table { border-collapse: collapse; width: 100%; font-size: .9375rem; }
    caption { text-align: left; font-weight: 600; padding: .55rem .75rem; }
    th, td { text-align: left; vertical-align: top; padding: .45rem .75rem; border-top: 1px solid var(--line); }
    thead th { border-top: 0; font-size: .875rem; color: var(--quiet); font-weight: 600; white-space: nowrap; }
    caption + thead th { border-top: 1px solid var(--line); }
    tbody tr:nth-child(even) { background: var(--stripe); }
    th button { all: unset; cursor: pointer; border-radius: 3px; }
    th button:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
    th[aria-sort=ascending] button::after { content: " \\25B2"; }
    th[aria-sort=descending] button::after { content: " \\25BC"; }
    .number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
    .place { overflow-wrap: anywhere; min-width: 12rem; }
    .what { min-width: 18rem; }
    .hint { color: var(--quiet); }
    .badge { display: inline-block; border-radius: 4px; padding: .05rem .45rem; font-size: .8125rem; font-weight: 600;
      white-space: nowrap; }
    .badge.problem { background: var(--problem-ground); color: var(--problem); }
    .badge.warning { background: var(--warning-ground); color: var(--warning); }
    .badge.note { background: var(--note-ground); color: var(--note); }
    .badge.plain { background: var(--stripe); color: var(--quiet); }
    .commit { border: 1px solid var(--line); border-radius: 6px; background: var(--raised); margin-bottom: .5rem; padding: 0 .9rem; }
    .commit summary { cursor: pointer; padding: .55rem 0; overflow-wrap: anywhere; }
    .commit[open] { padding-bottom: .9rem; }
    .commit p { margin: .2rem 0 .8rem; color: var(--quiet); }
    .subject { font-weight: 550; }
    .timeline { display: block; width: 100%; min-width: 720px; height: auto; font: 11px system-ui, "Liberation Sans", sans-serif; }
    .timeline .lane { fill: var(--stripe); }
    .timeline .grid { stroke: var(--line); stroke-width: 1; }
    .timeline .mark { fill: var(--quiet); }
    .timeline .agent { fill: var(--text); font-size: 12px; }
    .bar.success { fill: var(--bar); }
    .bar.deadLetter { fill: var(--dead); stroke: var(--text); stroke-width: 1; }
    .bar.cancelled { fill: none; stroke: var(--gone); stroke-width: 1; }
    .bar:hover { opacity: .7; }
    .legend { color: var(--quiet); font-size: .875rem; margin: .5rem 0 1.25rem; }
    .key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; vertical-align: -.05rem; margin-left: .9rem; }
    .key:first-child { margin-left: 0; }
    .key.success { background: var(--bar); }
    .key.deadLetter { background: var(--dead); outline: 1px solid var(--text); }
    .key.cancelled { border: 1px solid var(--gone); }
    .columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 22rem), 1fr)); gap: 1rem;
      align-items: start; margin-bottom: 1rem; }
    @media print { form, .skip { display: none; } .scroll { overflow: visible; } }
    """
}
