<?php
// Prints one JSON line per vector of PHP's own functions, the first of which Laravel calls.
$passwords = ['correct horse battery', 'pässwörd-Ωmega-日本', 'long ' . str_repeat('0123456789', 8) . ' tail'];
foreach ($passwords as $password) {
    $laravel = password_hash($password, PASSWORD_BCRYPT, ['cost' => 4]);
    $crypt = crypt($password, '$6$rounds=1000$saltsalt$');
    foreach (['Laravel' => $laravel, 'PHP crypt' => $crypt] as $format => $hash) {
        $line = ['format' => $format, 'library' => 'PHP ' . PHP_VERSION, 'password' => $password, 'hash' => $hash];
        echo json_encode($line, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    }
}
