/** The states a list can be narrowed to; `building` stands for everything on its way up. */
export const listFilters = ['all', 'ready', 'building', 'failed', 'lost', 'deleting', 'deleted'] as const
export type ListFilter = (typeof listFilters)[number]
