<?php
// Prints one JSON line per vector of WordPress before 6.8 and since, and of Drupal 7, made by their own files.
// Arguments: the kind, and the folder in which it was unpacked. Run by make-vectors.sh.
[, $kind, $folder] = $argv;
$passwords = ['correct horse battery', 'pässwörd-Ωmega-日本', 'long ' . str_repeat('0123456789', 8) . ' tail'];
if ($kind === 'wordpress') {
    define('ABSPATH', "$folder/");
    define('WPINC', 'wp-includes');
    // Of files that need a database: nothing here filters.
    function apply_filters($name, $value) { return $value; }
    require "$folder/wp-includes/version.php";
    require "$folder/wp-includes/pluggable.php";
    $library = "WordPress $wp_version";
    $isOld = version_compare($wp_version, '6.8', '<');
    $format = $isOld ? 'WordPress before 6.8' : 'WordPress 6.8';
    // Both trim before they hash.
    $spaced = " \ttrimmed by WordPress\n";
    $formats = [$format => 'wp_hash_password', "$format, space around it" => 'wp_hash_password'];
} else {
    preg_match("/define\('VERSION', '([^']+)'/", file_get_contents("$folder/includes/bootstrap.inc"), $version);
    // Of bootstrap.inc, which starts a whole site.
    function drupal_random_bytes($count) { return random_bytes($count); }
    require "$folder/includes/password.inc";
    $library = "Drupal $version[1]";
    $formats = [
        'Drupal 7' => fn ($password) => user_hash_password($password, 8),
        // As user_update_7000() renews what Drupal 6 stored.
        'Drupal 7, updated from 6' => fn ($password) => 'U' . user_hash_password(md5($password), 8),
    ];
}
foreach ($formats as $format => $make) {
    foreach (str_ends_with($format, 'space around it') ? [$spaced] : $passwords as $password) {
        $line = ['format' => $format, 'library' => $library, 'password' => $password, 'hash' => $make($password)];
        echo json_encode($line, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES), "\n";
    }
}
