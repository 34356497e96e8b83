# frozen_string_literal: true

require 'json/jwt'

# The gem json-jwt, which checks the signature alone.
module Verifier
  def self.minimal(job, token)
    return JSON::JWT.decode(token, job['secret'], [:HS256]) if job['algorithm'] == 'HS256'

    JSON::JWT.decode(token, JSON::JWK::Set.new(job['jwks']), [job['algorithm'].to_sym])
  end

  def self.configured(job, token)
    claims = minimal(job, token)
    raise 'expired' unless Time.at(claims['exp']) > Time.now
    raise 'another issuer' unless claims['iss'] == job['issuer']
    raise 'another audience' unless claims['aud'] == job['audience']
  end
end
