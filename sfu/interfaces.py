"""What addresses this machine has: asked of the system, judged in `sfu.addresses`."""

import ifaddr


def machine_addresses() -> list[str]:
    """Every IP address of every interface, loopback too, in the system's order."""
    return [
        ip.ip if isinstance(ip.ip, str) else ip.ip[0]
        for adapter in ifaddr.get_adapters()
        for ip in adapter.ips
    ]
