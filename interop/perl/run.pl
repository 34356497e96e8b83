#!/usr/bin/perl
# perl run.pl VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.
use strict;
use warnings;
use FindBin qw($Bin);
use JSON::PP qw(decode_json);

my ($verifier, $use) = @ARGV;
my $job  = decode_json(do { local $/; <STDIN> });
my $uses = require "$Bin/verifiers/$verifier.pl";
my $out  = JSON::PP->new->canonical;
for my $token (sort keys %{ $job->{tokens} }) {
    my $accepted = eval { $uses->{$use}->($job, $job->{tokens}{$token}); 1 };
    my $reason   = $accepted ? '' : "$@";
    chomp $reason;
    print $out->encode({ token => $token, accepted => $accepted ? JSON::PP::true : JSON::PP::false, reason => $reason }),
        "\n";
}
