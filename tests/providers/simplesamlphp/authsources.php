<?php
// The one person who can sign in there.
$config = [
    'people' => [
        'exampleauth:UserPass',
        getenv('PROVIDER_USERNAME') . ':' . getenv('PROVIDER_PASSWORD') => ['mail' => [getenv('PROVIDER_EMAIL')]],
    ],
];
