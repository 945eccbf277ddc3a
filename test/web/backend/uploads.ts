import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pagePrefix } from '#protocols/http/contract/page/common.ts';
import type { PageBackend } from './page-backend.ts';

interface Upload {
  readonly length: number;
  readonly metadata: ReadonlyMap<string, string>;
  content: Buffer;
}

const uploads = new WeakMap<PageBackend, Map<string, Upload>>();
const common = { 'tus-resumable': '1.0.0', 'cache-control': 'no-store' };

/** tus 1.0: creation, the offset, the bytes. */
export async function handleUpload(
  backend: PageBackend,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const known = uploads.get(backend) ?? new Map<string, Upload>();
  uploads.set(backend, known);
  const id = (request.url ?? '').slice(`${pagePrefix}/uploads/`.length);
  if (request.method === 'POST') return create(known, request, response);
  const upload = known.get(id);
  if (upload === undefined) return void response.writeHead(404, common).end();
  if (request.method === 'HEAD') {
    const headers = { ...common, 'upload-offset': upload.content.length, 'upload-length': upload.length };
    return void response.writeHead(200, headers).end();
  }
  if (request.method === 'DELETE') {
    known.delete(id);
    return void response.writeHead(204, common).end();
  }
  for await (const chunk of request) upload.content = Buffer.concat([upload.content, chunk as Buffer]);
  if (upload.content.length === upload.length) save(backend, upload);
  response.writeHead(204, { ...common, 'upload-offset': upload.content.length }).end();
  return undefined;
}

function create(known: Map<string, Upload>, request: IncomingMessage, response: ServerResponse): void {
  const id = randomUUID();
  const pairs = String(request.headers['upload-metadata'] ?? '').split(',');
  const metadata = new Map(
    pairs.map((pair) => {
      const [key = '', value = ''] = pair.trim().split(' ');
      return [key, Buffer.from(value, 'base64').toString()] as const;
    }),
  );
  known.set(id, { length: Number(request.headers['upload-length']), metadata, content: Buffer.alloc(0) });
  response.writeHead(201, { ...common, location: `${pagePrefix}/uploads/${id}` }).end();
}

function save(backend: PageBackend, { metadata, content }: Upload): void {
  const directory = metadata.get('directory') ?? '/';
  const relative = metadata.get('relativePath') ?? 'file';
  backend.saveFile(
    metadata.get('connection') ?? '',
    `${directory === '/' ? '' : directory}/${relative}`,
    content,
  );
}
