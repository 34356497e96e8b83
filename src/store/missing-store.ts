/** For a command that must not make a store. @param where its directory, or its URL without credentials */
export function missingStoreText(where: string): string {
  return (
    `There is no store in ${where}: set DATABASE_URL to the one of the service, or start the service, ` +
    'or make a store with: postern create-admin --new-store'
  );
}
