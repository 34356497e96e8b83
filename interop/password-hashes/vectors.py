"""Prints one JSON line per vector: {format, library, password, hash}. Run by make-vectors.sh."""
import base64, hashlib, json, sys
import bcrypt, django, passlib, werkzeug, argon2
from django.conf import settings
settings.configure(PASSWORD_HASHERS=["django.contrib.auth.hashers." + n for n in (
    "Argon2PasswordHasher BCryptPasswordHasher BCryptSHA256PasswordHasher ScryptPasswordHasher "
    "PBKDF2PasswordHasher PBKDF2SHA1PasswordHasher MD5PasswordHasher").split()])
django.setup()
from django.contrib.auth.hashers import make_password
from flask import Flask
from flask_bcrypt import Bcrypt
from flask_security import RoleMixin, Security, UserMixin
from flask_security.datastore import UserDatastore
from flask_security.utils import hash_password
from passlib import hash as ph
from werkzeug.security import generate_password_hash

PASSWORDS = ["correct horse battery", "pässwörd-Ωmega-日本", "long " + "0123456789" * 8 + " tail"]

def out(format, library, make, **hints):
    for password in PASSWORDS:
        try:
            made = make(password)
        except Exception as error:
            print(f"{format}: {library} refuses {len(password.encode())} bytes: {error}", file=sys.stderr)
            continue
        line = {"format": format, "library": library, "password": password, "hash": made}
        print(json.dumps({**line, **({"hints": hints} if hints else {})}, ensure_ascii=False))

p, d = f"passlib {passlib.__version__}", f"Django {django.__version__}"
w, b = "Werkzeug 3.1.3", f"bcrypt {bcrypt.__version__}"
for name, scheme in (("argon2id", argon2.Type.ID), ("argon2i", argon2.Type.I), ("argon2d", argon2.Type.D)):
    hasher = argon2.PasswordHasher(time_cost=2, memory_cost=1024, parallelism=2, type=scheme)
    out(name, "argon2-cffi 25.1.0", hasher.hash)
for prefix in (b"2a", b"2b"):
    out("bcrypt $" + prefix.decode() + "$", b,
        lambda x: bcrypt.hashpw(x.encode(), bcrypt.gensalt(4, prefix=prefix)).decode())
for scheme in ("argon2", "bcrypt", "bcrypt_sha256", "scrypt", "pbkdf2_sha256", "pbkdf2_sha1", "md5"):
    out("Django " + scheme, d, lambda x: make_password(x, hasher=scheme))
out("passlib bcrypt-sha256 v1", p, ph.bcrypt_sha256.using(version=1, rounds=5).hash)
out("passlib bcrypt-sha256 v2", p, ph.bcrypt_sha256.using(version=2, rounds=5).hash)
out("passlib scrypt", p, ph.scrypt.using(rounds=8).hash)
for name in ("pbkdf2_sha1", "pbkdf2_sha256", "pbkdf2_sha512"):
    out("passlib " + name, p, getattr(ph, name).using(rounds=2000).hash)
for name in ("sha256_crypt", "sha512_crypt"):
    out("passlib " + name, p, getattr(ph, name).using(rounds=5000).hash)
    out("passlib " + name + " 2000 rounds", p, getattr(ph, name).using(rounds=2000).hash)
for name in ("md5_crypt", "apr_md5_crypt"):
    out("passlib " + name, p, getattr(ph, name).hash)
out("phpass", p, ph.phpass.using(rounds=8).hash)
out("phpass $H$", p, ph.phpass.using(rounds=8, ident="H").hash)
LDAP = ("ldap_salted_sha1", "ldap_salted_sha256", "ldap_salted_sha512", "ldap_sha1", "ldap_md5", "ldap_salted_md5")
for name in LDAP:
    out("LDAP " + name, p, getattr(ph, name).hash)
out("werkzeug scrypt", w, lambda x: generate_password_hash(x, "scrypt:1024:8:1"))
out("werkzeug pbkdf2", w, lambda x: generate_password_hash(x, "pbkdf2:sha256:2000"))
app = Flask(__name__)
app.config["BCRYPT_HANDLE_LONG_PASSWORDS"] = True
app.config["BCRYPT_LOG_ROUNDS"] = 4
flask_bcrypt = Bcrypt(app)
out(
    "Flask-Bcrypt long",
    "Flask-Bcrypt 1.0.1",
    lambda x: flask_bcrypt.generate_password_hash(x).decode(),
    prehash="sha256",
)
class User(UserMixin):
    fs_uniquifier = ""

class Role(RoleMixin):
    pass

security = Flask(__name__)
security.config.update(SECRET_KEY="x", SECURITY_PASSWORD_SALT="its salt", SECURITY_PASSWORD_HASH="pbkdf2_sha512")
security.config["SECURITY_PASSWORD_HASH_OPTIONS"] = {"pbkdf2_sha512": {"rounds": 2000}}
Security(security, UserDatastore(User, Role), register_blueprint=False)
with security.app_context():
    out("Flask-Security with its salt", "Flask-Security-Too 5.6.2", hash_password, pepper="its salt",
        prehash="hmac-sha512")
