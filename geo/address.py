"""Addresses of machines: whether one is this machine's own, and which requests are counted together."""

from ipaddress import IPv6Address, ip_address, ip_network


def is_loopback(host: str) -> bool:
    """Whether an address or name is this machine's own."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def network(host: str) -> str:
    """What requests of one machine are counted by: its address; of IPv6 the network, as a house has a whole one.

    Source: RFC 6177. What is no address stands for itself.
    """
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return host[:100]
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
    return str(found)
