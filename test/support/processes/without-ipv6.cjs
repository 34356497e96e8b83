// Preloaded into the service: no socket can be bound to an IPv6 address, as on a machine that was booted with
// ipv6.disable=1.
const { TCP } = process.binding('tcp_wrap');

const EINVAL = -22;

TCP.prototype.bind6 = () => EINVAL;
