#!/usr/bin/env escript
%% escript run.escript VERIFIER USE < job.json: prints a line of JSON for each token, {token, accepted, reason}.

main(["erlang-jose", Use]) ->
    jose:json_module(jose_json_jiffy),
    Job = jiffy:decode(read_input(<<>>), [return_maps]),
    maps:foreach(
        fun(Name, Token) ->
            Reason = verify(Job, Token, Use),
            Line = #{token => Name, accepted => Reason =:= <<>>, reason => Reason},
            io:format("~s~n", [jiffy:encode(Line)])
        end,
        maps:get(<<"tokens">>, Job)
    ).

read_input(Read) ->
    case io:get_line("") of
        eof -> Read;
        Line -> read_input(<<Read/binary, (unicode:characters_to_binary(Line))/binary>>)
    end.

key(#{<<"algorithm">> := <<"HS256">>, <<"secret">> := Secret}) -> jose_jwk:from_oct(Secret);
key(#{<<"jwks">> := #{<<"keys">> := [Key | _]}}) -> jose_jwk:from_map(Key).

%% Why the token was refused, or nothing.
verify(#{<<"algorithm">> := Algorithm} = Job, Token, Use) ->
    try jose_jwt:verify_strict(key(Job), [Algorithm], Token) of
        {true, {jose_jwt, Claims}, _} when Use =:= "configured" -> check(Job, Claims);
        {true, _, _} -> <<>>;
        _ -> <<"the signature is not valid">>
    catch
        error:_ -> <<"not a token">>
    end.

check(#{<<"issuer">> := Issuer, <<"audience">> := Audience}, Claims) ->
    Expires = maps:get(<<"exp">>, Claims),
    case {maps:get(<<"iss">>, Claims), maps:get(<<"aud">>, Claims), Expires > os:system_time(second)} of
        {Issuer, Audience, true} -> <<>>;
        _ -> <<"another issuer or audience, or expired">>
    end.
