import type { Description } from '../cloud.ts'

export const volumeSchema: Description = {
  description: 'A disk that outlives servers.',
  support: { status: 'SUPPORTED' },
  properties: {
    availability_zone: { type: 'string', description: 'Zone in which it lies.' },
    size: { type: 'integer', updatable: true, description: 'Size in GiB.', range: { min: 1 } },
    snapshot_id: { type: 'string', description: 'Snapshot of which it is made.', content: 'cinder.snapshot' },
    backup_id: { type: 'string', updatable: true, description: 'Backup of which it is made.', content: 'cinder.backup' },
    name: { type: 'string', updatable: true, description: 'Name of the volume.' },
    description: { type: 'string', updatable: true, description: 'What it is for, in words.' },
    volume_type: { type: 'string', updatable: true, description: 'Sort of storage.', content: 'cinder.vtype' },
    metadata: { type: 'map', updatable: true, description: 'Keys and values.', default: {} },
    imageRef: { type: 'string', hidden: true, description: 'Image of which it is made, by id.' },
    image: { type: 'string', description: 'Image of which it is made, by name or id.', content: 'glance.image' },
    source_volid: { type: 'string', description: 'Volume of which it is a copy.', content: 'cinder.volume' },
    scheduler_hints: { type: 'map', description: 'Wishes for the scheduler.' },
    read_only: { type: 'boolean', updatable: true, description: 'Whether it cannot be written to.' },
    multiattach: { type: 'boolean', hidden: true, description: 'Whether several servers may have it at once.', default: false },
  },
  attributes: {
    availability_zone: { type: 'string', description: 'Zone in which it lies.' },
    size: { type: 'string', description: 'Size in GiB.' },
    snapshot_id: { type: 'string', description: 'Snapshot of which it was made.' },
    display_name: { type: 'string', description: 'Name of the volume.' },
    display_description: { type: 'string', description: 'What it is for, in words.' },
    volume_type: { type: 'string', description: 'Sort of storage.' },
    metadata: { type: 'string', description: 'Keys and values, as text.' },
    source_volid: { type: 'string', description: 'Volume of which it is a copy.' },
    status: { type: 'string', description: 'What is going on with it.' },
    created_at: { type: 'string', description: 'When it was made.' },
    bootable: { type: 'string', description: 'Whether a server can boot from it.' },
    metadata_values: { type: 'map', description: 'Keys and values.' },
    encrypted: { type: 'string', description: 'Whether it is encrypted.' },
    attachments: { type: 'string', description: 'Servers that have it, as text.' },
    attachments_list: { type: 'list', description: 'Servers that have it.' },
    multiattach: { type: 'boolean', description: 'Whether several servers may have it at once.' },
  },
}

export const volumeAttachmentSchema: Description = {
  description: 'Gives a server a volume.',
  support: { status: 'SUPPORTED' },
  properties: {
    instance_uuid: { type: 'string', required: true, updatable: true, description: 'Server that gets it.' },
    volume_id: { type: 'string', required: true, updatable: true, description: 'The volume.', content: 'cinder.volume' },
    mountpoint: { type: 'string', updatable: true, description: 'Name of the device inside; a wish.' },
  },
  attributes: {},
}
