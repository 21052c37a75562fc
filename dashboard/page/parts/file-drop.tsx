/** A place where a file is dropped, or chosen: its text is read here, and nothing is kept. */
import { useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface FileDropProps {
  readonly label: string;
  readonly maxBytes: number;
  /** What to do with a file that is larger: a sentence. */
  readonly tooLarge: string;
  readonly onText: (name: string, text: string) => void;
}

export function FileDrop({ label, maxBytes, tooLarge, onText }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const take = async (file: File | undefined): Promise<void> => {
    setOver(false);
    if (!file) return;
    if (file.size > maxBytes) {
      const mb = Math.round(maxBytes / 1_000_000);
      return setTrouble(`${file.name} has more than ${mb} MB. ${tooLarge}`);
    }
    setTrouble(undefined);
    onText(file.name, await file.text());
  };
  return (
    <div>
      <label
        class={isOver ? 'file-drop over' : 'file-drop'}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          void take(event.dataTransfer?.files[0]);
        }}
      >
        <Icon name="scenarios" size={18} />
        <span>{label}</span>
        <input
          type="file"
          accept=".scenario,text/plain"
          onChange={(event) => void take(event.currentTarget.files?.[0])}
        />
      </label>
      {trouble !== undefined && (
        <div class="failed" role="alert">
          <Icon name="warns" /> <span>{trouble}</span>
        </div>
      )}
    </div>
  );
}
