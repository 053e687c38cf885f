# For `ssh -o ProxyUseFdpass=yes`: opens a connection through a SOCKS5 proxy (RFC 1928, 1929) and hands it over.
#   pass-connection.py PROXY PORT USER PASSWORD ADDRESS PORT
import array
import socket
import sys

proxy, proxy_port, user, password, address, port = sys.argv[1:]
way = socket.create_connection((proxy, int(proxy_port)))
way.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def read(count):
    got = b''
    while len(got) < count:
        more = way.recv(count - len(got))
        if not more:
            sys.exit('the proxy hung up')
        got += more
    return got


way.sendall(b'\x05\x01\x02')
if read(2) != b'\x05\x02':
    sys.exit('the proxy wants something else')
way.sendall(b'\x01' + bytes([len(user)]) + user.encode() + bytes([len(password)]) + password.encode())
if read(2)[1] != 0:
    sys.exit('the proxy does not know us')
way.sendall(b'\x05\x01\x00\x01' + socket.inet_aton(address) + int(port).to_bytes(2, 'big'))
if read(10)[1] != 0:
    sys.exit('nobody answers behind the proxy')
out = socket.socket(fileno=1)
out.sendmsg([b'\0'], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', [way.fileno()]))])
