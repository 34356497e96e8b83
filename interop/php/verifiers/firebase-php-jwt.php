<?php

declare(strict_types=1);

use Firebase\JWT\JWK;
use Firebase\JWT\JWT;
use Firebase\JWT\Key;

$decode = function (array $job, string $token): stdClass {
    $keys = $job['algorithm'] === 'HS256' ? new Key($job['secret'], 'HS256') : JWK::parseKeySet($job['jwks']);
    return JWT::decode($token, $keys);
};

return [
    'minimal' => $decode,
    // The library looks at neither claim.
    'configured' => function (array $job, string $token) use ($decode): void {
        $claims = $decode($job, $token);
        if ($claims->iss !== $job['issuer']) {
            throw new UnexpectedValueException('another issuer');
        }
        if ($claims->aud !== $job['audience']) {
            throw new UnexpectedValueException('another audience');
        }
    },
];
