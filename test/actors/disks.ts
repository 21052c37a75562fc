/** A memory disk as a backup keeps it: what lies on it now, on a disk of its own. */
import { createMemoryDisk, type MemoryDisk } from '../../store/memory.ts';

export function copyOf(disk: MemoryDisk): MemoryDisk {
  const copy = createMemoryDisk();
  copy.medium.values = disk.medium.values.clone();
  copy.medium.journal = [...disk.medium.journal];
  return copy;
}
