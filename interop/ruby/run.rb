# frozen_string_literal: true

# ruby run.rb VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.
require 'json'

verifier, use = ARGV
job = JSON.parse($stdin.read)
require_relative "verifiers/#{verifier}"
job['tokens'].each do |token, text|
  reason = ''
  begin
    Verifier.public_send(use, job, text)
  rescue StandardError => e
    reason = "#{e.class}: #{e.message}"
  end
  puts JSON.generate(token: token, accepted: reason.empty?, reason: reason)
end
