import type { Description } from '../cloud.ts'

export const volumeSchema: Description = {
  description: 'A disk that outlives servers; here, a file.',
  support: { status: 'SUPPORTED' },
  properties: {
    availability_zone: { type: 'string', description: 'Zone in which the volume shall be.' },
    size: { type: 'integer', updatable: true, description: 'Size in GiB; it can only grow.', range: { min: 1 } },
    snapshot_id: { type: 'string', description: 'Snapshot of which it is made.', content: 'cinder.snapshot' },
    backup_id: { type: 'string', updatable: true, description: 'Backup of which it is made.', content: 'cinder.backup' },
    name: { type: 'string', updatable: true, description: 'Name of the volume.' },
    description: { type: 'string', updatable: true, description: 'What the volume is for.' },
    volume_type: { type: 'string', updatable: true, description: 'Type of the volume, by name or id.', content: 'cinder.vtype' },
    metadata: { type: 'map', updatable: true, description: 'Keys and values that are kept with it.', default: {} },
    imageRef: { type: 'string', hidden: true, description: 'Image of which it is made, by id.' },
    image: { type: 'string', description: 'Image of which it is made, by name or id.', content: 'glance.image' },
    source_volid: { type: 'string', description: 'Volume of which it is made.', content: 'cinder.volume' },
    scheduler_hints: { type: 'map', description: 'Wishes for the scheduler.' },
    read_only: { type: 'boolean', updatable: true, description: 'Whether it may only be read.' },
    multiattach: { type: 'boolean', hidden: true, description: 'Whether several servers may have it at a time.', default: false },
  },
  attributes: {
    availability_zone: { type: 'string', description: 'Zone in which it is.' },
    size: { type: 'string', description: 'Size in GiB.' },
    snapshot_id: { type: 'string', description: 'Snapshot of which it was made.' },
    display_name: { type: 'string', description: 'Name of the volume.' },
    display_description: { type: 'string', description: 'What the volume is for.' },
    volume_type: { type: 'string', description: 'Type of the volume.' },
    metadata: { type: 'string', description: 'Keys and values that are kept with it, as a text.' },
    source_volid: { type: 'string', description: 'Volume of which it was made.' },
    status: { type: 'string', description: 'What it is just now.' },
    created_at: { type: 'string', description: 'When it was made.' },
    bootable: { type: 'string', description: 'Whether a server could boot from it.' },
    metadata_values: { type: 'map', description: 'Keys and values that are kept with it.' },
    encrypted: { type: 'string', description: 'Whether it is encrypted.' },
    attachments: { type: 'string', description: 'Which servers have it, as a text.' },
    attachments_list: { type: 'list', description: 'Which servers have it.' },
    multiattach: { type: 'boolean', description: 'Whether several servers may have it at a time.' },
  },
}

export const volumeAttachmentSchema: Description = {
  description: 'Gives a volume to a server.',
  support: { status: 'SUPPORTED' },
  properties: {
    instance_uuid: { type: 'string', required: true, updatable: true, description: 'Server that gets the volume, by id.' },
    volume_id: { type: 'string', required: true, updatable: true, description: 'Volume, by id.', content: 'cinder.volume' },
    mountpoint: { type: 'string', updatable: true, description: 'Wished name of the device; the cloud may choose another.' },
  },
  attributes: {},
}
