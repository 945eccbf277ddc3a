import type { Entry } from '#core/entry.ts';
import { encodeName } from '#core/name-encoding.ts';
import type { MemoryContent } from './content.ts';

interface NodeFields {
  readonly device: number;
  readonly inode: number;
  readonly createdAt: number;
  modifiedAt: number;
  accessedAt: number;
  mode: number;
  userId: number;
  groupId: number;
  /** Names that lead here; a file without any lives on while it is open. */
  links: number;
}

export interface FileNode extends NodeFields {
  readonly type: 'file';
  readonly content: MemoryContent;
  /** Open handles, which keep a removed file's room taken. */
  handles: number;
  /** Whether a handle writes in place, which only one may. */
  updating: boolean;
}

export interface DirectoryNode extends NodeFields {
  readonly type: 'directory';
  readonly children: Map<string, MemoryNode>;
  /** A removed directory that somebody still holds takes no new names. */
  removed: boolean;
}

export interface SymlinkNode extends NodeFields {
  readonly type: 'symlink';
  readonly target: string;
}

/** What a name in the tree leads to. */
export type MemoryNode = FileNode | DirectoryNode | SymlinkNode;

const directorySize = 4096;

function sizeOf(node: MemoryNode): number {
  if (node.type === 'file') return node.content.size;
  return node.type === 'directory' ? directorySize : encodeName(node.target).length;
}

export function entryOf(node: MemoryNode, name: string): Entry {
  return {
    name,
    type: node.type,
    size: sizeOf(node),
    modifiedAt: node.modifiedAt,
    modifiedPrecision: node.modifiedAt % 1000 === 0 ? 'second' : 'subsecond',
    accessedAt: node.accessedAt,
    createdAt: node.createdAt,
    mode: node.mode,
    userId: node.userId,
    groupId: node.groupId,
    owner: null,
    group: null,
    links: node.links,
    device: node.device,
    inode: node.inode,
    linkTarget: node.type === 'symlink' ? node.target : null,
  };
}
