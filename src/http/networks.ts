import { BlockList, isIP } from 'node:net'

/** A function that says whether an address is in one of these networks, given as CIDRs. */
export function networksOf(networks: readonly string[]): (ip: string) => boolean {
  const list = new BlockList()
  const family = (address: string) => (isIP(address) === 4 ? 'ipv4' : 'ipv6')
  for (const network of networks) {
    const [address = '', bits] = network.split('/')
    if (bits === undefined) list.addAddress(address, family(address))
    else list.addSubnet(address, Number(bits), family(address))
  }
  return (ip) => {
    const [address = ''] = ip.split('%')
    return isIP(address) !== 0 && list.check(address, family(address))
  }
}
