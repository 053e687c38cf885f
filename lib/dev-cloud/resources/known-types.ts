import { Fault, invalidStack } from '../fault.ts'

/** Types that Heat 19 has and that need a service which this cloud has not, with its type in the catalog (heat/engine/clients/os/*.py). */
const elsewhere: [service: string, catalogType: string, types: string][] = [
  [
    'aodh',
    'alarming',
    'OS::Aodh::{Alarm,CombinationAlarm,CompositeAlarm,EventAlarm,GnocchiAggregationByMetricsAlarm,GnocchiAggregationByResourcesAlarm,GnocchiResourcesAlarm,LBMemberHealthAlarm}',
  ],
  ['barbican', 'key-manager', 'OS::Barbican::{CertificateContainer,GenericContainer,Order,RSAContainer,Secret}'],
  ['blazar', 'reservation', 'OS::Blazar::{Host,Lease}'],
  ['designate', 'dns', 'OS::Designate::{RecordSet,Zone}'],
  ['ironic', 'baremetal', 'OS::Ironic::Port'],
  ['magnum', 'container-infra', 'OS::Magnum::{BayModel,Cluster,ClusterTemplate}'],
  ['manila', 'sharev2', 'OS::Manila::{SecurityService,Share,ShareNetwork,ShareType}'],
  ['mistral', 'workflowv2', 'OS::Mistral::{CronTrigger,ExternalResource,Workflow}'],
  ['monasca', 'monitoring', 'OS::Monasca::{AlarmDefinition,Notification}'],
  [
    'octavia',
    'load-balancer',
    'OS::Octavia::{Flavor,FlavorProfile,HealthMonitor,L7Policy,L7Rule,Listener,LoadBalancer,Pool,PoolMember,Quota}',
  ],
  ['sahara', 'data-processing', 'OS::Sahara::{Cluster,ClusterTemplate,DataSource,ImageRegistry,Job,JobBinary,NodeGroupTemplate}'],
  ['senlin', 'clustering', 'OS::Senlin::{Cluster,Node,Policy,Profile,Receiver}'],
  ['swift', 'object-store', 'AWS::S3::Bucket OS::Heat::{SwiftSignal,SwiftSignalHandle} OS::Swift::Container'],
  ['trove', 'database', 'OS::Trove::{Cluster,Instance}'],
  ['vitrage', 'rca', 'OS::Vitrage::Template'],
  ['zaqar', 'messaging', 'OS::Zaqar::{MistralTrigger,Queue,SignedQueueURL,Subscription}'],
  ['zun', 'container', 'OS::Zun::Container'],
]

/** Types that Heat 19 has and for which no service is missing; this cloud does not carry them. */
const unsupported = `
  AWS::AutoScaling::{AutoScalingGroup,LaunchConfiguration,ScalingPolicy} AWS::CloudFormation::Stack AWS::CloudWatch::Alarm
  AWS::EC2::{EIP,EIPAssociation,Instance,InternetGateway,NetworkInterface,RouteTable,SecurityGroup,Subnet,SubnetRouteTableAssociation}
  AWS::EC2::{VPC,VPCGatewayAttachment,Volume,VolumeAttachment} AWS::ElasticLoadBalancing::LoadBalancer AWS::IAM::{AccessKey,User} AWS::RDS::DBInstance
  OS::Glance::{Image,WebImage}
  OS::Heat::{AccessPolicy,AutoScalingGroup,DeployedServer,HARestarter,InstanceGroup,ResourceChain,ResourceGroup,ScalingPolicy}
  OS::Heat::{SoftwareComponent,SoftwareDeployment,SoftwareDeploymentGroup,SoftwareDeployments,Stack,StructuredDeployment}
  OS::Heat::{StructuredDeploymentGroup,StructuredDeployments,UpdateWaitConditionHandle}
  OS::Neutron::{AddressScope,ExtraRoute,ExtraRouteSet,Firewall,FirewallPolicy,FirewallRule,FloatingIPPortForward,FlowClassifier}
  OS::Neutron::{HealthMonitor,IKEPolicy,IPsecPolicy,IPsecSiteConnection,L2Gateway,L2GatewayConnection,LoadBalancer,MeteringLabel}
  OS::Neutron::{MeteringRule,NetworkGateway,Pool,PoolMember,PortChain,PortPair,PortPairGroup,QoSBandwidthLimitRule,QoSDscpMarkingRule}
  OS::Neutron::{QoSMinimumBandwidthRule,QoSMinimumPacketRateRule,QoSPolicy,RBACPolicy,Segment,SubnetPool,Trunk,VPNService}
  OS::Neutron::LBaaS::{HealthMonitor,L7Policy,L7Rule,Listener,LoadBalancer,Pool,PoolMember} OS::Neutron::TaaS::{TapFlow,TapService}
`

/** `A::{B,C} D::E` → `A::B`, `A::C`, `D::E`. */
function spellOut(list: string): string[] {
  return list
    .trim()
    .split(/\s+/)
    .flatMap((entry) => {
      const [prefix = '', names] = entry.replace('}', '').split('{')
      return names === undefined ? [prefix] : names.split(',').map((name) => `${prefix}${name}`)
    })
}

const services = new Map(elsewhere.flatMap(([service, type, list]) => spellOut(list).map((name) => [name, { service, type }] as const)))
const others = new Set(spellOut(unsupported))

/**
 * What Heat says of a type that it knows but cannot use for want of a service (ResourceTypeUnavailable), or what this cloud says of one
 * that it does not carry. Undefined: Heat does not know the type either.
 */
export function whyNotHere(name: string): Fault | undefined {
  const missing = services.get(name)
  if (missing) {
    const reason = `${missing.service} ${missing.type} endpoint is not in service catalog.`
    const detail = `HEAT-E99001 Service ${missing.service} is not available for resource type ${name}, reason: ${reason}`
    return new Fault(400, 'ResourceTypeUnavailable', detail)
  }
  return others.has(name) ? invalidStack(`The Resource Type (${name}) is not supported by this development cloud.`) : undefined
}
