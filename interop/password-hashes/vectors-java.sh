#!/bin/sh
# Prints the vectors of Spring Security and Keycloak.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
version() { sed -n "/<artifactId>$1</{n;s/.*<version>\(.*\)<.*/\1/p;}" "$here/java/pom.xml"; }
mvn -q -B -f "$here/java/pom.xml" dependency:copy-dependencies "-DoutputDirectory=$PWD/lib" >&2
java -cp 'lib/*' "$here/java/Vectors.java" "$(version spring-security-crypto)" "$(version keycloak-crypto-default)"
