enum HTMLScript {
  /// Filters and sorts the rows that are there. Nothing is loaded, and nothing is stored.
  static let text = """
    'use strict';
    (() => {
      const form = document.getElementById('filters');
      const table = document.getElementById('findings-table');
      const openTarget = () => {
        const target = document.getElementById(location.hash.slice(1));
        if (target instanceof HTMLDetailsElement) target.open = true;
      };
      addEventListener('hashchange', openTarget);
      openTarget();
      if (!form || !table) return;
      const body = table.tBodies[0];
      const rows = Array.from(body.rows);
      const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
      const ranks = { problem: 2, warning: 1, note: 0 };
      const filter = () => {
        const data = new FormData(form);
        const severities = new Set(data.getAll('severity'));
        const kind = data.get('kind');
        const commit = data.get('commit');
        const words = data.get('text').toLowerCase().split(/\\s+/).filter(Boolean);
        let shown = 0;
        for (const row of rows) {
          const fits = severities.has(row.dataset.severity) && (!kind || row.dataset.kind === kind)
            && (!commit || row.dataset.commit === commit) && words.every((word) => texts.get(row).includes(word));
          row.hidden = !fits;
          if (fits) shown += 1;
        }
        document.getElementById('count').textContent = shown + ' of ' + rows.length + ' shown';
      };
      form.addEventListener('input', filter);
      form.addEventListener('submit', (event) => event.preventDefault());
      form.addEventListener('reset', () => setTimeout(filter));
      const key = (row, column) => column === 0 ? ranks[row.dataset.severity] : row.cells[column].textContent;
      Array.from(table.tHead.rows[0].cells).forEach((head, column) => {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = head.textContent;
        head.replaceChildren(button);
        button.addEventListener('click', () => {
          const up = head.getAttribute('aria-sort') === 'ascending' ? -1 : 1;
          for (const other of head.parentNode.cells) other.removeAttribute('aria-sort');
          head.setAttribute('aria-sort', up === 1 ? 'ascending' : 'descending');
          const order = (a, b) => {
            const one = key(a, column), two = key(b, column);
            return typeof one === 'number' ? one - two : one.localeCompare(two, 'en', { numeric: true });
          };
          body.append(...rows.slice().sort((a, b) => up * order(a, b)));
        });
      });
      form.hidden = false;
      filter();
    })();
    """
}
