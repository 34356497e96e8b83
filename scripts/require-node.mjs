// Old syntax only: this file must be read by the Node that it refuses.
var version = process.versions.node.split('.').map(Number);
if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    `Postern needs Node 20.19 or newer; this is ${process.versions.node}. Install a current Node and try again.\n`,
  );
  process.exit(1);
}
