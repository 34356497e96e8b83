export interface CommonPasswords {
  /**
   * Whether the password, without regard to case, is one of the commonly used ones (NIST SP 800-63B-4 section 3.1.1.2).
   */
  has(password: string): boolean;
}
