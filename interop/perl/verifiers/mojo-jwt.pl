use strict;
use warnings;
use Mojo::JWT;

sub decode_with {
    my ($job, $token) = @_;
    my @key = $job->{algorithm} eq 'HS256' ? (secret => $job->{secret}) : (public => $job->{pem});
    my $jwt = Mojo::JWT->new(@key);
    return $jwt->decode($token);
}

return {
    minimal    => sub { decode_with(@_) },
    # The module looks at neither claim.
    configured => sub {
        my ($job, $token) = @_;
        my $claims = decode_with($job, $token);
        die "another issuer\n"   if $claims->{iss} ne $job->{issuer};
        die "another audience\n" if $claims->{aud} ne $job->{audience};
    },
};
