import { phrasesOf } from './phrases-of.ts'

/**
 * Words before an act, in its clause: it was not done (`no`), is only wished or possible (`open`), is to come, or was agreed,
 * which for a new agreement says that it is still open.
 */
export const modality = phrasesOf<'no' | 'open' | 'to_come' | 'agreed'>({
  to_come: { en: 'will|shall', de: 'wird|werden', ru: 'будет|будут', zh: '将' },
  agreed: {
    en: 'agreed to|agree to|agrees to',
    fr: 'convenu de|conviennent de',
    es: 'acordaron|acordó',
    de: 'vereinbart',
    ru: 'договорились',
  },
  no: {
    pt: 'não|nenhum|nenhuma|sem|nunca|negou|recusou|rejeitou|cancelou|adiou',
    en: 'not|no|never|without|neither|nor|n t|hasn|haven|hadn|didn|doesn|don t|isn|aren|wasn|weren|wouldn|won t|cannot|untrue|incorrect|incorrectly|falsely|denied|denies|deny|denying|failed|fails|fail|refused|refuses|refuse|refusing|rejected|rejects|reject|cancelled|canceled|postponed|called off|against|unsigned|false|instead of|rather than|stopped short of|fell short of|declined|unable|ruled out|rules out|yet to|has yet to|have yet to|opposed|stalled|collapsed|shelved|abandoned',
    fr: 'ne|pas|aucun|aucune|sans|jamais|refusé|refuse|dément|démenti|rejeté|annulé|reporté',
    es: 'no|ningún|ninguna|sin|nunca|negó|rechazó|rechaza|desmintió|canceló|aplazó',
    de: 'nicht|kein|keine|keinen|keiner|keinem|ohne|nie|niemals|lehnte|abgelehnt|abgesagt|verschoben|dementierte|noch nicht|weigerte',
    ru: 'не|ни|никаких|без|отказалась|отказался|отверг|отвергла|опроверг|опровергла',
    zh: '没有|未|不会|尚未|拒绝|否认|并未',
  },
  open: {
    pt: 'poderia|poderá|deverá|deve|querem|quer|esperam|espera|planejam|planeia|pretende|pretendem|se|negociações|negociam|proposta|propõe|vai|vão|antes de|busca|buscam',
    en: 'would|could|may|might|should|can|if|unless|whether|want to|wants to|wanted to|hope to|hopes to|hoped to|hoping to|hope|hopes|plan to|plans to|planned to|planning to|plan|plans|planned|intend to|intends to|intended to|expected to|expect to|expects to|expected|seek to|seeks to|seeking to|seek|seeks|trying to|try to|tried to|ready to|set to|due to|about to|aims to|aim to|is to|are to|was to|were to|be to|going to|likely to|urged|urges|calls for|called for|calling for|proposed|proposes|proposal|proposals|propose|talks on|talks about|negotiate|negotiates|negotiating|negotiations|negotiation|negotiated|discuss|discussed|discussing|discussions|considering|consider|considers|ahead of|before|until|once|when|possible|potential|in exchange for|pending|still has to be|has to be|have to be|must be|to be|awaiting|await|pave the way|paves the way|willing to|willingness to|prepare to|prepares to|preparing to|prepared to|working on|work on|works on|push for|opening of talks|eager to|scheduled to|looking to|toward|towards|pledge to|pledged to|vowed to|vows to|promised to|committed to',
    fr: 'pourrait|pourraient|devrait|devraient|souhaite|souhaitent|veut|veulent|prévoit|prévoient|espère|espèrent|si|négociations|négocier|négocie|projet de|envisage|envisagent|va|vont|avant de|avant la|doit|doivent|appelle à|vers un',
    es: 'podría|podrían|debería|quiere|quieren|espera|esperan|planea|planean|prevé|prevén|si|negociaciones|negociar|negocia|negocian|propuesta|propone|va a|van a|antes de|pretende|pretenden|busca|buscan|debe|deben|firmará|firmarán',
    de: 'könnte|könnten|sollte|sollten|soll|sollen|will|wollen|möchte|möchten|plant|planen|hofft|hoffen|falls|wenn|Verhandlungen|verhandelt|verhandeln|Vorschlag|würde|würden|bevor|muss|müssen|strebt|streben|beabsichtigt',
    ru: 'может|могут|мог|хочет|хотят|планирует|планируют|намерен|намерены|намерена|если|переговоры|переговоров|предложил|предложила|бы|готовит|готовят|готов|готова|собирается',
    zh: '希望|计划|可能|谈判|拟|有望|考虑|准备',
  },
})

/** What says in Korean, after a verb, that the act was not done, or is to come. */
export const afterVerb = phrasesOf<'no' | 'open'>({
  no: { ko: '하지 않|되지 않|않았|못했|못하|거부|부인|무산|결렬' },
  open: { ko: '할 예정|될 예정|할 계획|하기로|추진|검토|논의|예정|희망' },
})
