/** A place where files are dropped, or chosen: their text is read here, and nothing is kept. */
import { useState } from 'preact/hooks';
import type { ScenarioFile } from '../../server/scenario-player.ts';
import { Icon } from './icon.tsx';

export interface FileDropProps {
  readonly label: string;
  /** Of all of them together. */
  readonly maxBytes: number;
  /** What to do with what is larger: a sentence. */
  readonly tooLarge: string;
  readonly onFiles: (files: readonly ScenarioFile[]) => void;
}

export function FileDrop({ label, maxBytes, tooLarge, onFiles }: FileDropProps) {
  const [isOver, setOver] = useState(false);
  const [trouble, setTrouble] = useState<string>();
  const take = async (list: FileList | null | undefined): Promise<void> => {
    setOver(false);
    const files = [...(list ?? [])];
    if (files.length === 0) return;
    if (files.reduce((sum, { size }) => sum + size, 0) > maxBytes) {
      const names = files.map(({ name }) => name).join(', ');
      const mb = Math.round(maxBytes / 1_000_000);
      return setTrouble(`${names}: more than ${mb} MB. ${tooLarge}`);
    }
    setTrouble(undefined);
    const read = async (file: File) => ({ file: file.name, text: await file.text() });
    onFiles(await Promise.all(files.map(read)));
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
          void take(event.dataTransfer?.files);
        }}
      >
        <Icon name="scenarios" size={18} />
        <span>{label}</span>
        <input type="file" multiple onChange={(event) => void take(event.currentTarget.files)} />
      </label>
      {trouble !== undefined && (
        <div class="failed" role="alert">
          <Icon name="warns" /> <span>{trouble}</span>
        </div>
      )}
    </div>
  );
}
