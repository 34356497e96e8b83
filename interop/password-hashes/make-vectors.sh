#!/bin/sh
# Makes test/unit/crypto/vectors/imported-hashes.json with the real libraries. Not run by CI: it installs them from the
# public registries. What a library refuses is told on standard error.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv py
py/bin/pip install -q passlib==1.7.4 Django==5.2.8 Werkzeug==3.1.3 argon2-cffi==25.1.0 bcrypt==4.0.1 Flask-Bcrypt==1.0.1
npm init -y > init.log
npm install --no-audit --no-fund better-auth@1.7.25 bcryptjs@3.0.3 argon2@0.45.1 firebase-scrypt@2.2.0 > npm.log
{
  py/bin/python "$here/vectors.py"
  node "$here/vectors.mjs"
  php "$here/vectors.php"
  "$here/vectors-openssl.sh"
  "$here/vectors-java.sh"
  "$here/vectors-kratos.sh"
} > vectors.ndjson
node -e '
const lines = require("fs").readFileSync("vectors.ndjson", "utf8").trim().split("\n").map((line) => "  " + line);
console.log(`[\n${lines.join(",\n")}\n]`);
' > "$here/../../test/unit/crypto/vectors/imported-hashes.json"
