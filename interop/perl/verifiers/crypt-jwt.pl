use strict;
use warnings;
use Crypt::JWT qw(decode_jwt);

sub decode_with {
    my ($job, $token, %options) = @_;
    my @key = $job->{algorithm} eq 'HS256' ? (key => $job->{secret}) : (kid_keys => $job->{jwks});
    return decode_jwt(token => $token, accepted_alg => $job->{algorithm}, @key, %options);
}

return {
    minimal    => sub { decode_with(@_) },
    configured => sub {
        my ($job, $token) = @_;
        my $audience = $job->{audience};
        decode_with($job, $token, verify_iss => $job->{issuer}, verify_aud => $audience, verify_exp => 1);
    },
};
