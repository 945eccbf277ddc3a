/** Octets and files that something takes or gives back. */
export interface Amount {
  readonly bytes: number;
  readonly files: number;
}
