import { createHash } from 'node:crypto'
import { type Cloud, isoSeconds } from '../cloud.ts'
import type { Image } from '../content.ts'
import type { Json, JsonMap } from '../json.ts'

/**
 * An image as Glance v2 shows it (recording glance-images-200). Here an image is a folder, so nothing is to be fetched; what
 * Glance computes of a file's content stands for the image's id. One
 * that is still being built is one that Glance has and cannot give yet: `queued`, or `saving`.
 */
export function imageBody(cloud: Cloud, { id, name, defaultUser, minDiskGiB, standsFor }: Image): JsonMap {
  const at = isoSeconds(cloud.identity.createdAt)
  return {
    os_admin_user: defaultUser,
    name,
    disk_format: 'raw',
    container_format: 'bare',
    visibility: 'public',
    size: 0,
    virtual_size: 0,
    status: cloud.images.status(standsFor ?? name),
    checksum: createHash('md5').update(id).digest('hex'),
    protected: false,
    min_ram: 0,
    min_disk: minDiskGiB,
    owner: cloud.identity.adminProjectId,
    os_hidden: false,
    os_hash_algo: 'sha512',
    os_hash_value: createHash('sha512').update(id).digest('hex'),
    id,
    created_at: at,
    updated_at: at,
    tags: [],
    self: `/v2/images/${id}`,
    file: `/v2/images/${id}/file`,
    schema: '/v2/schemas/image',
  }
}

/** The minor versions of v2 that are spoken, newest first; the first is the current one. */
const minors = [15, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0]

/** `GET /` and `GET /versions` */
export function versionList(url: string): Json[] {
  return minors.map((minor, index) => ({
    id: `v2.${minor}`,
    status: index === 0 ? 'CURRENT' : 'SUPPORTED',
    links: [{ rel: 'self', href: `${url}/v2/` }],
  }))
}

const fields: Record<string, JsonMap> = {
  id: { type: 'string', description: 'What the image is known by' },
  name: { type: ['null', 'string'], maxLength: 255, description: 'What people call it' },
  status: {
    type: 'string',
    readOnly: true,
    enum: ['active', 'queued', 'saving', 'killed', 'deleted'],
    description: 'Whether servers can be made of it',
  },
  visibility: { type: 'string', enum: ['community', 'public', 'private', 'shared'], description: 'Who sees it' },
  protected: { type: 'boolean', description: 'Whether it cannot be deleted' },
  os_hidden: { type: 'boolean', description: 'Whether lists leave it out' },
  owner: { type: ['null', 'string'], maxLength: 255, description: 'The project that it belongs to' },
  size: { type: ['null', 'integer'], readOnly: true, description: 'Bytes' },
  virtual_size: { type: ['null', 'integer'], readOnly: true, description: 'Bytes of the disk that it is of' },
  checksum: { type: ['null', 'string'], readOnly: true, description: 'MD5' },
  os_hash_algo: { type: ['null', 'string'], readOnly: true, description: 'How os_hash_value was found' },
  os_hash_value: { type: ['null', 'string'], readOnly: true, description: 'What tells it from others' },
  container_format: { type: ['null', 'string'], description: 'What the disk is wrapped in' },
  disk_format: { type: ['null', 'string'], description: 'How the disk is written' },
  min_ram: { type: 'integer', description: 'MiB of memory that a server of it needs' },
  min_disk: { type: 'integer', description: 'GiB of disk that a server of it needs' },
  created_at: { type: 'string', readOnly: true, description: 'When it was made' },
  updated_at: { type: 'string', readOnly: true, description: 'When it was changed' },
  tags: { type: 'array', items: { type: 'string', maxLength: 255 }, description: 'Words for it' },
  self: { type: 'string', readOnly: true, description: 'Its address' },
  file: { type: 'string', readOnly: true, description: 'The address of its content' },
  schema: { type: 'string', readOnly: true, description: 'The address of this description' },
}

/** `GET /v2/schemas/image` */
export const imageSchema: JsonMap = {
  name: 'image',
  properties: fields,
  additionalProperties: { type: 'string' },
  links: [
    { rel: 'self', href: '{self}' },
    { rel: 'enclosure', href: '{file}' },
    { rel: 'describedby', href: '{schema}' },
  ],
}

/** `GET /v2/schemas/images` */
export const imagesSchema: JsonMap = {
  name: 'images',
  properties: {
    images: { type: 'array', items: imageSchema },
    first: { type: 'string' },
    next: { type: 'string' },
    schema: { type: 'string' },
  },
  links: [
    { rel: 'first', href: '{first}' },
    { rel: 'next', href: '{next}' },
    { rel: 'describedby', href: '{schema}' },
  ],
}
