#!/bin/sh
# Makes test/unit/crypto/vectors/imported-hashes.json with the real libraries. Not run by CI: it installs them from the
# public registries. What a library refuses is told on standard error.
#
# Needs Debian 12 with Node 22, PHP, Ruby, Java with Maven, Go and Python, and two folders that no registry has: those
# in which WordPress 6.8 and Drupal 7 were unpacked. WordPress before 6.8 is Debian's package. No .NET is needed: what
# ASP.NET Core's own tests (PasswordHasherTest.cs) hold is in vectors-aspnet.ndjson, and an npm package of another hand
# writes the same format.
set -eu
: "${WORDPRESS_6_8:?names the folder of an unpacked WordPress 6.8}"
: "${DRUPAL_7:?names the folder of an unpacked Drupal 7}"
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv py
py/bin/pip install -q passlib==1.7.4 Django==5.2.8 Werkzeug==3.1.3 argon2-cffi==25.1.0 bcrypt==4.0.1 \
  Flask-Bcrypt==1.0.1 Flask-Security-Too==5.6.2
npm init -y > init.log
npm install --no-audit --no-fund better-auth@1.7.25 bcryptjs@3.0.3 argon2@0.45.1 firebase-scrypt@2.2.0 \
  lucia@3.2.2 lucia-2@npm:lucia@2.7.7 @phc/pbkdf2@1.1.14 aspnetcore-identity-password-hasher@1.0.1 > npm.log
apt-get download -q wordpress > apt-wordpress.log 2>&1
dpkg -x wordpress_*.deb wordpress
{
  py/bin/python "$here/vectors.py"
  node "$here/vectors.mjs"
  cat "$here/vectors-aspnet.ndjson"
  php "$here/vectors.php"
  php "$here/vectors-php-sites.php" wordpress wordpress/usr/share/wordpress
  php "$here/vectors-php-sites.php" wordpress "$WORDPRESS_6_8"
  php "$here/vectors-php-sites.php" drupal "$DRUPAL_7"
  "$here/vectors-389ds.sh"
  "$here/vectors-devise.sh"
  "$here/vectors-openssl.sh"
  "$here/vectors-java.sh"
  "$here/vectors-kratos.sh"
} > vectors.ndjson
node -e '
const lines = require("fs").readFileSync("vectors.ndjson", "utf8").trim().split("\n").map((line) => "  " + line);
console.log(`[\n${lines.join(",\n")}\n]`);
' > "$here/../../test/unit/crypto/vectors/imported-hashes.json"
