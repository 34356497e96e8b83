# frozen_string_literal: true

require 'jwt'

# The gem jwt.
module Verifier
  def self.decode(job, token, options)
    algorithm = job['algorithm']
    return JWT.decode(token, job['secret'], true, { algorithms: [algorithm], **options }) if algorithm == 'HS256'

    JWT.decode(token, nil, true, { algorithms: [algorithm], jwks: job['jwks'], **options })
  end

  def self.minimal(job, token) = decode(job, token, {})

  def self.configured(job, token)
    claims = { iss: job['issuer'], verify_iss: true, aud: job['audience'], verify_aud: true }
    decode(job, token, claims)
  end
end
