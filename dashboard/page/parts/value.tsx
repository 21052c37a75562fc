/** A value as its JSON; what is very long is cut, and says so. */
const SHOWN = 20_000;

export function Value({ value, label }: { readonly value: unknown; readonly label: string }) {
  const text = JSON.stringify(value, null, 2);
  return (
    <>
      <pre class="value" tabIndex={0} role="region" aria-label={label}>
        {text.slice(0, SHOWN)}
      </pre>
      {text.length > SHOWN && (
        <p class="faint">
          The first {SHOWN.toLocaleString('en-US')} of {text.length.toLocaleString('en-US')}{' '}
          characters.
        </p>
      )}
    </>
  );
}
