import type { JsonMap } from '../json.ts'

/** What this cloud's networks can do beyond Neutron's core, by the names by which clients ask for it, and what that is. */
const extensions: [alias: string, name: string, description: string, updated: string][] = [
  ['allowed-address-pairs', 'Allowed Address Pairs', 'A port shows which addresses besides its own it may use.', '2012-10-18'],
  ['availability_zone', 'Availability Zone', 'There is one zone.', '2015-01-01'],
  ['binding', 'Port Binding', 'A port shows what kind of card it is.', '2014-02-03'],
  ['external-net', 'Neutron external network', 'One network leads outside.', '2013-01-14'],
  ['extra_dhcp_opt', 'Neutron Extra DHCP options', 'A port shows its own DHCP options.', '2013-03-17'],
  ['extraroute', 'Neutron Extra Route', 'A router shows routes of its own.', '2013-02-01'],
  ['ext-gw-mode', 'Neutron L3 Configurable external gateway mode', 'A router hides what is behind it, or does not.', '2013-03-28'],
  ['filter-validation', 'Filter parameters validation', 'A filter that makes no sense is refused.', '2018-03-21'],
  ['fip-port-details', 'Floating IP Port Details Extension', 'A floating address shows the port behind it.', '2018-04-09'],
  ['net-mtu', 'Network MTU', 'A network shows how long a packet may be.', '2015-03-25'],
  ['pagination', 'Pagination support', 'Lists come in pages.', '2016-06-12'],
  ['port-security', 'Port Security', 'Whether a port keeps to its own addresses.', '2012-07-23'],
  ['project-id', 'project_id field enabled', 'What somebody has shows its project by both names.', '2016-09-09'],
  ['quotas', 'Quota management support', 'How much a project may have.', '2012-07-29'],
  ['quota_details', 'Quota details management support', 'How much of that is used.', '2017-02-10'],
  ['network_availability_zone', 'Network Availability Zone', 'A network shows its zones.', '2015-01-01'],
  ['network-ip-availability', 'Network IP Availability', 'How many addresses are free is told to administrators.', '2015-09-24'],
  ['floatingip-pools', 'Floating IP Pools Extension', 'Where floating addresses are from.', '2018-03-21'],
  ['router_availability_zone', 'Router Availability Zone', 'A router shows its zones.', '2015-01-01'],
  ['subnet-service-types', 'Subnet service types', 'A subnet shows what its addresses are for.', '2016-03-15'],
  ['agent', 'agent', 'There are no agents.', '2013-02-03'],
  ['address-group', 'Address group', 'There are no groups of addresses.', '2020-07-15'],
  ['address-scope', 'Address scope', 'There are no scopes of addresses.', '2015-07-26'],
  ['rbac-policies', 'RBAC Policies', 'Nothing is shared between projects.', '2015-06-17'],
  ['router', 'Neutron L3 Router', 'Routers and floating addresses.', '2012-07-20'],
  ['security-group', 'security-group', 'Security groups and their rules.', '2012-10-05'],
  ['sorting', 'Sorting support', 'Lists come in a wanted order.', '2016-06-12'],
  ['standard-attr-description', 'standard-attr-description', 'Everything has a description.', '2016-02-10'],
  ['standard-attr-revisions', 'Resource revision numbers', 'Everything counts its changes.', '2016-04-11'],
  ['standard-attr-tag', 'Tag support for resources with standard attributes', 'Everything can have tags.', '2017-01-01'],
  ['standard-attr-timestamp', 'Resource timestamps', 'Everything shows when it was made and changed.', '2016-09-12'],
  ['stateful-security-group', 'Stateful security group', 'A security group shows whether it remembers connections.', '2019-11-26'],
  ['subnet_allocation', 'Subnet Allocation', 'Subnets name where their addresses are from.', '2015-03-30'],
]

/** `GET /extensions` and `/extensions/ALIAS` */
export const extensionBodies: JsonMap[] = extensions.map(([alias, name, description, day]) => ({
  name,
  alias,
  description,
  updated: `${day}T10:00:00-00:00`,
  links: [],
}))
