<?php
// Prints one JSON line per vector of PHP's own functions, which Laravel and WordPress 6.8 call. $wp is what
// wp_hash_password() of WordPress 6.8 does, in the same calls.
$passwords = ['correct horse battery', 'pässwörd-Ωmega-日本', 'long ' . str_repeat('0123456789', 8) . ' tail'];
foreach ($passwords as $password) {
    $laravel = password_hash($password, PASSWORD_BCRYPT, ['cost' => 4]);
    $sha = base64_encode(hash_hmac('sha384', trim($password), 'wp-sha384', true));
    $wp = '$wp' . password_hash($sha, PASSWORD_BCRYPT, ['cost' => 5]);
    $crypt = crypt($password, '$6$rounds=1000$saltsalt$');
    foreach (['Laravel' => $laravel, 'WordPress 6.8' => $wp, 'PHP crypt' => $crypt] as $format => $hash) {
        $line = ['format' => $format, 'library' => 'PHP ' . PHP_VERSION, 'password' => $password, 'hash' => $hash];
        echo json_encode($line, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    }
}
